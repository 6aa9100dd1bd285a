"""The native engine: the same search, compiled for this processor by LLVM."""
