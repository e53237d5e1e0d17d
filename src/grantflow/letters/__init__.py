"""Letters: a checked template and a model become HTML, then a PDF/A-3a that is also PDF/UA-1."""
