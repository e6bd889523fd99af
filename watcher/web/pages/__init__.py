"""The pages for people: routes, templates and static files."""
