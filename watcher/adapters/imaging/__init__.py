"""Pictures from strangers, decoded and compared in a process of their own."""
