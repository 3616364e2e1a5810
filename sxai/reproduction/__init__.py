"""The paper reproduced on a project's own data: every figure and table, ours beside the printed one."""
