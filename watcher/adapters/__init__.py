"""One outside thing per file: what the ports ask for, over a library or a socket."""
