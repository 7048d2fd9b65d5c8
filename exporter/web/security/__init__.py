"""`--web.config.file`: TLS, passwords, headers, rate limit, as in Prometheus's exporter-toolkit."""
