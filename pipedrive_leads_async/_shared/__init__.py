"""What every wing uses: checks of arguments, secrets, tasks, closing."""
