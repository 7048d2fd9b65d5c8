"""`python -m deploy.manifests`."""

from __future__ import annotations

from deploy.manifests.command import main

if __name__ == "__main__":
    main(prog_name="python -m deploy.manifests")
