"""`python -m exporter` is `dvc-exporter`."""

from exporter.cli import main

main(prog_name="dvc-exporter")
