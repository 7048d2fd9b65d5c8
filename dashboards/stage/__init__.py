"""A stage for the boards: demo portal, exporter, a year of history, Prometheus and Alertmanager, all real.

Pictures are taken and queries are tried on it. Every figure on it is simulated.
"""
