"""The API's endpoints, a module per resource."""
