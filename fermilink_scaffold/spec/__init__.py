"""What a campaign is: the frozen specification, and the readers of its inputs."""
