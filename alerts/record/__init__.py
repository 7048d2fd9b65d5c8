"""The record of every mail: whom Alertmanager told what, and when."""
