# Completion of multichat for fish.

function __multichat_profiles
    set -l data $HOME/.local/share
    test -n "$XDG_DATA_HOME"; and set data $XDG_DATA_HOME
    for directory in $data/multichat/profiles/*/ $HOME/Library/Application\ Support/multichat/profiles/*/
        string unescape --style=url (basename $directory)
    end
end

complete -c multichat -f
complete -c multichat -s h -l help -d 'show this help message and exit'
complete -c multichat -n __fish_is_first_token -f -a '(__multichat_profiles)' -d 'NICKNAME'
complete -c multichat -l room -r -f -d 'a room that you know by its name, or the open one of that name; or one that you are invited to, - asks for the invite'
complete -c multichat -l open-room -r -f -d 'the room that is open to whoever knows this name'
complete -c multichat -l new-room -r -f -d 'make a room that others join by invitation'
complete -c multichat -l rooms -d 'list the rooms that you know, and end; also with --json'
complete -c multichat -l profile -r -f -a '(__multichat_profiles)' -d 'whose history to open'
complete -c multichat -l data-dir -r -f -a '(__fish_complete_directories)' -d 'where profiles are kept'
complete -c multichat -l config -r -F -d 'keys, theme and notices'
complete -c multichat -l interface -r -f -a '(__fish_print_interfaces)' -d 'use this network interface only; repeatable'
complete -c multichat -l port -r -f -d 'the TCP port to be reached on'
complete -c multichat -l peer -r -f -d 'connect to this peer, and keep trying; repeatable'
complete -c multichat -l no-discovery -d 'neither send nor hear broadcasts'
complete -c multichat -l js-listen -r -f -d 'share the room with those who connect to this TCP port'
complete -c multichat -l js-connect -r -f -d 'share it with the one who listens there, and keep trying; repeatable'
complete -c multichat -l js-key -r -f -d 'the key that their multifeed was made with'
complete -c multichat -l plain -d 'print a line for each message, send each line of stdin'
complete -c multichat -l json -d 'the same with a JSON object for each message'
complete -c multichat -l events -d 'with --json, tell all else that happens too, and take commands, for bots'
complete -c multichat -l seed -d 'hold the room\'s history for others, say nothing, log to stderr'
complete -c multichat -l doctor -d 'say why nobody is seen, check the history and mend what can be, and end; with --json for programs'
complete -c multichat -l import-multifeed -r -f -a '(__fish_complete_directories)' -d 'bring in the history that multichat.js kept in this directory, and end'
complete -c multichat -l exit-after-send -d 'at the end of input, wait until somebody has it all, and end'
complete -c multichat -l timeout -r -f -d 'wait no longer than this for that'
complete -c multichat -l export -r -f -a 'jsonl md html txt' -d 'write it to stdout, and end; jsonl can be verified'
complete -c multichat -s o -l output -r -F -d 'write it to this new file instead'
complete -c multichat -l after -r -f -d 'only what was said after this day, month or year'
complete -c multichat -l before -r -f -d 'only what was said before it: 2026-11-24, 2026-11, today, ...'
complete -c multichat -l from -r -f -d 'only what they said; repeatable'
complete -c multichat -l verify -r -F -d 'check exported jsonl, or - for stdin: is every line what its author signed?'
complete -c multichat -l version -d 'show program\'s version number and exit'
complete -c multichat -l completion -r -f -a 'bash zsh fish' -d 'print what this shell needs for Tab to complete all of this, and end'
