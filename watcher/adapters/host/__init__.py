"""The machine: logs, event loop, scheduler, sockets, systemd, web server, alarm file."""
