"""How fast a scrape is, beside the library's own server with the very same series: `python -m bench`."""
