"""YAML files to models, with every fault located."""
