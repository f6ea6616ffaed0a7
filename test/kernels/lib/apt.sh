# Debian's packages of any suite, from wherever this machine gets its own, without touching this machine's package state.

# The archive that the machine's own sources name, asked of apt itself so that every format of sources works; no address is written down here.
debian_mirror() {
  local found
  found=$(debian_targets)
  [ -n "$found" ] || { apt-get update >/dev/null && found=$(debian_targets); }
  [ -n "$found" ] || { echo "no Debian archive among this machine's apt sources" >&2; return 1; }
  echo "${found%%$'\n'*}"
}

debian_targets() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u; }

# apt_for SUITE DIR: an apt of its own in DIR that believes nothing is installed. Then: APT_CONFIG=DIR/apt.conf apt-get …
apt_for() {
  local suite=$1 dir=$2
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
  : >"$dir/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) $suite main" >"$dir/sources.list"
  cat >"$dir/apt.conf" <<END
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::Lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::Cache "$dir/cache";
APT::Install-Recommends "false";
END
  APT_CONFIG=$dir/apt.conf apt-get -q update
}

# This machine's own word on how its archive is reached and how old it may be (a mirror frozen at a date needs that), as mmdebstrap's options.
# Signatures are checked whatever it says.
apt_habits() { apt-config dump Acquire::Check-Valid-Until Acquire::Check-Date Acquire::http::Proxy | sed '/ "";$/d; s/^/--aptopt=/'; }
