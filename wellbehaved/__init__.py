"""Choose an image classifier by how well it behaves: the public Python face of the service."""

from wellbehaved.client import ApiError, ApiUnreachable, Client, Ranking

__all__ = ["ApiError", "ApiUnreachable", "Client", "Ranking"]
