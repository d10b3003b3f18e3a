# The name, the version and the dependencies are those of pyproject.toml: nothing here repeats them.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      inherit (fromTOML (builtins.readFile ./pyproject.toml)) project;
      marker = "__version__ = \"";
      versionLines = lib.splitString "\n" (builtins.readFile ./engine/duckflux/version.py);
      version = lib.removeSuffix "\"" (
        lib.removePrefix marker (lib.findFirst (lib.hasPrefix marker) marker versionLines)
      );
      # "pyyaml>=6.0.1" is the package pyyaml.
      nameOf = requirement: builtins.head (builtins.match "([A-Za-z0-9_-]+).*" requirement);
      forAll = lib.genAttrs [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
    in
    {
      packages = forAll (
        system:
        let
          python = nixpkgs.legacyPackages.${system}.python3Packages;
        in
        {
          default = python.buildPythonApplication {
            pname = project.name;
            inherit version;
            src = self;
            pyproject = true;
            build-system = [ python.hatchling ];
            dependencies = map (requirement: python.${nameOf requirement}) project.dependencies;
            pythonImportsCheck = [
              "duckflux"
              "duckflux_ls"
            ];
            meta = {
              inherit (project) description;
              license = lib.licenses.mit;
              mainProgram = "duckflux";
            };
          };
        }
      );
    };
}
