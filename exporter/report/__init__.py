"""The report that administration runs on: a Snapshot as a dated table in the layout of the annex."""
