"""Development tools: brings the servers that tests run for real, and writes generated documentation."""
