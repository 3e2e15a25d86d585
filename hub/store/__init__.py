"""Where everything is kept: the only package that knows SQLAlchemy."""
