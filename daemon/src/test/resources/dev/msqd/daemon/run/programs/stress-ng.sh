for options in '-t 5' '--msg-types 100 --msg-bytes 64 --msg-ops 20000'; do
    stress-ng --msg 2 --verify $options 2>&1 | grep -o 'successful run completed\|fail.*\|error.*'
done
