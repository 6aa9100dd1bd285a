"""What a run may take of time, memory and somebody's patience: below everything else."""
