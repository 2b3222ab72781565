"""What is told where a library that a module is for is not installed: one line that says what to install."""


def not_installed(missing: ModuleNotFoundError, extra: str) -> ModuleNotFoundError:
    """Return what to raise instead."""
    message = f"{missing.name} is not installed; this needs the extra: pip install 'telesock[{extra}]'"
    return ModuleNotFoundError(message, name=missing.name)
