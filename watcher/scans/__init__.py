"""From a picture to what it shows, what that is worth, and a watch."""
