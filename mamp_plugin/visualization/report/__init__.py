"""HTML report of runs: their facts as plain data, and the page that shows them."""
