# What flake.nix takes of nixpkgs, so that it can be evaluated without it: packages are their names, and an application
# is the arguments that it is made of. `dependencies` are the names of the packages that there are.
{ flake, dependencies }:
let
  length = builtins.stringLength;
  rest = n: text: builtins.substring n (-1) text;
  lib = {
    splitString =
      separator: text: builtins.filter builtins.isString (builtins.split separator text);
    hasPrefix = prefix: text: builtins.substring 0 (length prefix) text == prefix;
    removePrefix = prefix: text: if lib.hasPrefix prefix text then rest (length prefix) text else text;
    removeSuffix =
      suffix: text:
      let
        kept = length text - length suffix;
      in
      if kept >= 0 && rest kept text == suffix then builtins.substring 0 kept text else text;
    findFirst =
      is: otherwise: list:
      let
        found = builtins.filter is list;
      in
      if found == [ ] then otherwise else builtins.head found;
    genAttrs =
      names: make:
      builtins.listToAttrs (
        map (name: {
          inherit name;
          value = make name;
        }) names
      );
    licenses.mit = "MIT";
  };
  python3Packages = lib.genAttrs dependencies (name: name) // {
    buildPythonApplication = arguments: arguments;
  };
  system = { inherit python3Packages; };
  systems = [
    "x86_64-linux"
    "aarch64-linux"
    "x86_64-darwin"
    "aarch64-darwin"
  ];
in
(import flake).outputs {
  self = "SOURCE";
  nixpkgs = {
    inherit lib;
    legacyPackages = lib.genAttrs systems (_: system);
  };
}
