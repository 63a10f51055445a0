"""Checkpoints from strangers: looked at without running them, checked in a child process, rewritten as safetensors."""
