"""Operations that create leads, each lead only once."""
