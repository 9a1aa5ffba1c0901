"""The load order: a topological order whose every edge keeps its source."""

from modpm.order.edges import Edge, Source, edges
from modpm.order.names import natural
from modpm.order.order import Order, order
from modpm.order.tiers import places

__all__ = ["Edge", "Order", "Source", "edges", "natural", "order", "places"]
