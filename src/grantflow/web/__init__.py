"""The web door: pages rendered on the server for applicants, staff, managers and operations."""
