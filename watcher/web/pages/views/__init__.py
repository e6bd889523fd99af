"""What each page shows: frozen values for its template."""
