"""How everything is put to work on real machines: containers, units, Kubernetes."""
