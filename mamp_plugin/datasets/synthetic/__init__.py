"""Simulation behind the synthetic data: bodies, actions, performances and the sensor."""
