"""Average the scores of several streams."""

from mamp_plugin.cli.ensemble import main

if __name__ == '__main__':
    main()
