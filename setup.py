from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def requirements(name: str) -> list:
    lines = (HERE / 'requirements' / f'{name}.txt').read_text(encoding='utf-8').splitlines()
    return [line.split('  #')[0] for line in lines if line and not line.startswith('#')]


def version() -> str:
    namespace = {}
    exec((HERE / 'mamp_plugin' / 'version.py').read_text(encoding='utf-8'), namespace)
    return namespace['__version__']


setup(
    name='mamp-plugin',
    version=version(),
    description='Self-supervised pretraining for skeleton-based action recognition, as a plugin to mmaction2',
    long_description=(HERE / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['mamp_plugin', 'mamp_plugin.*']),
    # .mim links to configs and tools, as OpenMMLab's packages carry them for `mamp_plugin::` and `mim`
    package_data={'mamp_plugin': ['py.typed', '.mim/model-index.yml', '.mim/configs/**/*.py', '.mim/tools/**/*']},
    python_requires='>=3.8',
    install_requires=requirements('build'),
    extras_require={
        name: requirements(file) for name, file in (('mim', 'mminstall'), ('optional', 'optional'), ('tests', 'tests'))
    },
    classifiers=[
        'License :: OSI Approved :: Apache Software License',
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
    ],
)
