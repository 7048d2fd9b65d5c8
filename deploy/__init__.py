"""How everything is put to work on real machines: containers and what runs inside them, units, Kubernetes."""
