"""Acted movements: bodies, actions, performances and the sensor that sees them."""
