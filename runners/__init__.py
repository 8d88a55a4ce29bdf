"""How it is run: the command line, local and Ray execution, files, and MLflow tracking."""
