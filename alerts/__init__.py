"""Gauges to e-mails: rules, the routes of Alertmanager, and the mails themselves."""
