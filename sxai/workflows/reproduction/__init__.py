"""The paper reproduced on a project's own data: every figure and table, ours beside the printed one."""

from sxai.workflows.reproduction.running import ItemFailure, Reproduced, ReproduceResult, item_list, reproduce

__all__ = ["ItemFailure", "ReproduceResult", "Reproduced", "item_list", "reproduce"]
