#!/usr/bin/env bash
# fetch_kafka.sh [DIR]: the jars of an Apache Kafka broker, by Maven, into DIR (build/kafka/libs). Does nothing where they are. Prints why it cannot and exits 3.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
to="${1:-$here/../../build/kafka/libs}"
[ -e "$to/.complete" ] && exit 0
command -v java >/dev/null || { echo "skipped: no Java (Debian: default-jre-headless)"; exit 3; }
command -v mvn >/dev/null || { echo "skipped: no Maven to fetch Kafka with (Debian: maven)"; exit 3; }
mkdir -p "$to"
to="$(cd "$to" && pwd)"
exec 9>"$to/.lock"
flock 9  # several tests may ask at once
[ -e "$to/.complete" ] && exit 0
if ! mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$to" >"$to/.log" 2>&1; then
  echo "skipped: Maven cannot fetch Kafka, see $to/.log"
  exit 3
fi
touch "$to/.complete"
