"""Every bound of the chat in one place; the engine's own are in `multifeed.limits`."""

from typing import Final

# --- what is said ---

# A name that fits beside a message on the narrowest screen.
NICKNAME_LENGTH_MAX: Final = 32

# A long page of prose. Longer texts are files, and this is not the place for them.
TEXT_LENGTH_MAX: Final = 16_000

# So much of what a name looks like is compared: a single character can look like eighteen.
LOOK_LENGTH_MAX: Final = 2 * NICKNAME_LENGTH_MAX

# A room's name is part of a path and of a header line.
ROOM_NAME_LENGTH_MAX: Final = 64

# An invite with the longest name, percent-encoded, and as many spaces and line breaks again as one may put into it.
INVITE_LENGTH_MAX_BYTES: Final = 4096

# A line that tells of something: an error with a path in it, what was found about a peer. Long paths end somewhere.
LINE_LENGTH_MAX: Final = 1_000

# Clocks of people who never set theirs differ by minutes; beyond that a clock is wrong, and its messages wait.
CLOCK_AHEAD_MAX_MS: Final = 5 * 60 * 1000

# Messages that wait are counted up to here: how many more there are is nothing that anybody would act on.
ASIDE_COUNTED_MAX: Final = 1_000

# Of them those that are looked at to be counted, whoever wrote them: a millisecond or two.
ASIDE_LOOKED_AT_MAX: Final = 20_000

# Those that are read at a time, and how much of each: a few screens.
ASIDE_READ_MAX: Final = 50
ASIDE_TEXT_LENGTH_MAX: Final = 1_000

# Between two words about this machine's clock, which somebody can cause by changing theirs: doubled each time.
CLOCK_WORDS_PAUSE_MIN_S: Final = 8.0
CLOCK_WORDS_PAUSE_MAX_S: Final = 3_600.0

# --- what one writes ---

# A stack trace or a list is meant; a whole file is likelier not to be. Beyond this, whoever pastes is asked.
PASTE_MAX_LINES: Final = 20

# More than can be sent, so that nothing is lost of a text that is still to be cut.
DRAFT_LENGTH_MAX: Final = 4 * TEXT_LENGTH_MAX

# Texts that can be called back: more than anybody walks through, a day of lively talk.
RECALL_MAX: Final = 200

# Characters of all of them together: four texts of the greatest length, or all 200 of an ordinary one. They are read
# and written as a whole.
RECALL_LENGTH_MAX: Final = 4 * TEXT_LENGTH_MAX

# Candidates for a word: more than anybody goes through one by one. A longer prefix finds the rest.
CANDIDATES_MAX: Final = 50

# The longest name in the table of emoji has 76 characters; no further back does a key look for where one begins.
SHORTCODE_LENGTH_MAX: Final = 80

# --- what one looks for ---

# Nobody types that much to find something.
QUERY_LENGTH_MAX: Final = 500

# As much of something that cannot be read in it as an answer repeats: a line has to hold it.
QUERY_SHOWN_LENGTH_MAX: Final = 40

# --- what a program asks for ---

# A text of the greatest length with every character written as two escapes of JSON, and room for the rest.
COMMAND_LENGTH_MAX: Final = 12 * TEXT_LENGTH_MAX + 4_000

# What a program knows an answer by, which is repeated in it.
COMMAND_ID_LENGTH_MAX: Final = 100

# Messages in one answer: with the longest texts, a line of some megabytes. Whoever wants more asks again.
COMMAND_COUNT_MAX: Final = 100

# People in one answer: more than ever are somewhere at once.
PEOPLE_TOLD_MAX: Final = 1_000

# Messages of our own of which it is told who holds them; of more, the last ones. Of others one can ask.
SENT_TOLD_MAX: Final = 100

# A message that was said longer ago than this when it comes was not said just now: clocks may differ by so much.
JUST_SAID_MAX_MS: Final = CLOCK_AHEAD_MAX_MS

# --- what is remembered of a room ---

# People who have left; of more, those who were here last.
SEEN_MAX: Final = 500

# People who are not to be heard; of more, those muted last.
MUTED_MAX: Final = 1_000

# People whose key one has checked; of more, those checked last. It takes a conversation to check one.
CHECKED_MAX: Final = 1_000

# Names of one key that were warned of, since others use them too; of more, those warned of last. Whoever pushes others
# out is told of anew.
WARNED_MAX: Final = 1_000

# Names of one person that are remembered, the newest among them: more than anybody goes by, and than there are rows on
# a screen. Whoever takes more pushes out their own.
NAMES_PER_FEED_MAX: Final = 200

# A feed that goes on in another that goes on in another: each time, a profile was copied and both copies were used.
CONTINUATIONS_MAX: Final = 32

# People whose word on what they hold is remembered; of more, those who spoke last. More than are ever linked at once.
HOLDERS_MAX: Final = 64

# Runs of one feed that one person holds; of more, the newest. Who holds a message in so many pieces will soon hold it
# whole.
HOLDER_RUNS_MAX: Final = 16

# Feeds of our own of which somebody holds something; of more, those spoken of last. There is more than one only after
# forks.
HOLDER_FEEDS_MAX: Final = 8

# The desk is read up to here: above what all these bounds allow, whatever the characters.
DESK_LENGTH_MAX_BYTES: Final = 4 << 20

# Any moment of the calendar, and a number that every reader of JSON keeps exactly.
TIME_MAX_MS: Final = 1 << 53

# --- what was exported ---

# A line with a block of the greatest length in base64, its text with every byte of it as JSON's six characters, and the
# proof.
EXPORT_LINE_LENGTH_MAX_BYTES: Final = 2 << 20

# Lines that do not hold are told one by one up to here: whoever reads so many knows what is wrong with the file.
VERIFIED_FAILURES_MAX: Final = 20

# Authors of one file whose lines are counted: far over any room that people share.
VERIFIED_AUTHORS_MAX: Final = 10_000

# Roots that are remembered of the heads in one file, some 30 megabytes: a feed has one head in an export, or a few, and
# a head a few roots.
VERIFIED_ROOTS_MAX: Final = 100_000

# --- what is brought in ---

# Things of a foreign directory that were left out, each on a line; of more, how many they are.
LEFT_OUT_SHOWN_MAX: Final = 20
