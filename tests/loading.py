"""All of the client, loaded: pytester forgets the modules that a run inside this process was the first to load.

Whoever came for them later would get them a second time, with classes that are not those of the first.
"""

import importlib
import pkgutil

import telesock.client


def load_client() -> None:
    """Load every module of it."""
    for module in pkgutil.walk_packages(telesock.client.__path__, "telesock.client."):
        importlib.import_module(module.name)
