"""The JSON door: the same services as the pages, under /api/v1, for other applications."""
