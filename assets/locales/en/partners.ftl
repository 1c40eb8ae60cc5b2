# The partner control room.

nav-partners = Partners
title-partners = Partners
steer-intro = Services and funders that cases are sent to. Figures count your company’s calls since the server started. Open a partner to stop, limit or route what goes to it; nothing changes before you have seen whom it affects.
steer-all = All partners
steer-group-funders = Funders
steer-group-services = Services
steer-partner = Partner
steer-asked = Asked
steer-health = Breaker
steer-waiting = Cases waiting
steer-calls = Failed of calls
steer-calls-of = { $failed } of { $calls } calls failed
steer-speed = Answer time
steer-speed-of = median { $p50 } ms, 99 % within { $p99 } ms
steer-opens = opens
steer-proposed = A change waits for a second person
steer-partner-sms = Text messages
steer-partner-tsa = Time-stamp authority
steer-partner-realname = Real-name service
steer-partner-bureau = Credit bureau
steer-partner-valuation = Vehicle valuation
steer-partner-ca = Certification authority
steer-is-open = Open
steer-is-draining = Draining
steer-is-paused = Paused
steer-is-closed = Outside its hours
steer-health-well = Well
steer-health-failing = Failing: no calls for a moment
steer-health-trying = Trying whether it is back

steer-switch = What goes to it
steer-set-to = Set to:
steer-means-open = New questions go to it, within its limits.
steer-means-draining = No new question goes to it. A new application goes to the next funder that fits; other questions wait until it is open again or their time is over, and then take their block’s own way out. What it has already been asked goes on. No case is approved or lost by this.
steer-means-paused = Nothing goes to it at all. What waits for its turn is parked as well; its own answers to earlier questions are still taken. Parked cases go on once it is open again, or take their block’s own way out when their time is over. No case is approved or lost by this.
steer-do-open = Open again…
steer-do-draining = Drain: stop new questions…
steer-do-paused = Pause: stop everything…
steer-switch-hint = You see whom it affects before anything changes.
steer-never-changed = Nothing has been changed yet.
steer-changed-by = Changed by { $who }
steer-confirmed-by = confirmed by { $who }
steer-took-back = Took change { $n } back.
steer-reverse = Take this change back
steer-proposal = A change waits for a second person
steer-proposal-own = You proposed it. Somebody else has to confirm it; you may lay it aside.
steer-proposal-confirm = Confirm the change
steer-proposal-drop = Lay it aside
steer-done-set = Done. It holds from now on.
steer-done-proposed = Proposed. It holds once another controller has confirmed it.
steer-done-dropped = The proposed change was laid aside.

steer-now = Now
steer-in-flight = Calls under way
steer-today = Calls today
steer-today-of = { $n } of at most { $quota }
steer-spent = Spent today
steer-per-approved = For each approved case (30 days)
steer-none-approved = no case approved yet
steer-figures = Since the server started
steer-no-calls = Nothing has been asked yet.
steer-times = Calls by answer time
steer-errors = What went wrong
steer-no-errors = Nothing.
steer-class-timeout = No answer in time
steer-class-breaker-open = Not asked: it had failed too often
steer-class-no-connection = No connection
steer-class-connection-broken = Connection broken
steer-class-asked-to-slow-down = Asked us to slow down
steer-class-server-error = Its server failed (5xx)
steer-class-held = Not asked: paused or drained here
steer-class-quota-used = Not asked: today’s calls are used up
steer-class-busy = Not asked: too many calls under way
steer-class-refused = It refused the question
steer-class-malformed = Answer not understood
steer-class-wrong-amount = Answer about another amount
steer-class-not-configured = Not configured
steer-class-answered = It answered
steer-class-no-test = It can be reached, but knows no test question

steer-test = Test call
steer-test-hint = Sends a question that means nothing and names nobody, also while it is paused. At most one every five seconds; each is recorded.
steer-test-go = Send a test call

steer-settings = All settings
steer-part-asked = When it is asked
steer-part-limits = Limits
steer-part-route = Which applications it gets
steer-look = See whom it would affect…
steer-hours-from = From
steer-hours-to = To
steer-word-usual = as usual
steer-word-always = always
steer-word-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
steer-word-calls = { $n ->
    [one] { $n } call
   *[other] { $n } calls
}
steer-word-ms = { $n } ms
steer-day-1 = Mon
steer-day-2 = Tue
steer-day-3 = Wed
steer-day-4 = Thu
steer-day-5 = Fri
steer-day-6 = Sat
steer-day-7 = Sun
steer-field-state = State
steer-field-park-minutes = Parked cases wait (minutes)
steer-field-park-minutes-hint = 1 to 1440. Then a parked case takes its block’s own way out, usually to a person.
steer-field-hours = Hours for new questions
steer-field-hours-hint = China time; 00:00 as the end is midnight. Outside them it is as if it were draining. Leave all of it empty for always.
steer-field-per-second = Most calls a second
steer-field-per-second-hint = 1 to 1000. Empty: no limit of yours.
steer-field-timeout-ms = Most time for a call (ms)
steer-field-timeout-ms-hint = 100 to 60000, all tries together. A block’s own time holds where it is shorter. Empty: no limit of yours.
steer-field-quota = Most calls a day
steer-field-quota-hint = 1 to 1000000, by China’s calendar day; of a funder, applications. Beyond it counts as not available. Empty: no limit of yours.
steer-field-cost-fen = Price of an answered call (yuan)
steer-field-cost-fen-hint = 0 to 1000, for what is spent. Changes nothing for cases.
steer-field-products = Kinds of plan
steer-field-products-hint = None chosen: all that it finances.
steer-field-regions = Provinces
steer-field-regions-hint = Two digits each, such as 31, 44. Empty: everywhere it finances.
steer-field-amount = Least financed amount (yuan)
steer-field-amount-hint = Give both amounts, or neither for its own range.
steer-field-amount-max = Most financed amount (yuan)
steer-field-amount-max-hint = It never gets more than it takes by itself.
steer-field-weight = Weight
steer-field-weight-hint = 0 to 1000; without one it counts 100, and 0 comes last. Shares cases among funders that charge customers at most the same; a dearer one never comes first.

steer-back = Back to { $name }
steer-would-change = What would change
steer-what = What
steer-before = Now
steer-after = Then
steer-affects = { $n ->
    [0] Affects no waiting case
    [one] Affects { $n } waiting case
   *[other] Affects { $n } waiting cases
}
steer-affects-none = No case is waiting here. What comes from now on is treated as said above.
steer-more = Only the newest 2000 running cases were looked at.
steer-becomes = What becomes of them
steer-in-block = In block
steer-cases = Cases
steer-due = Due
steer-concern-asked = Is asked now: goes on; the next question keeps to the new settings
steer-concern-asked-paused = Waits for its turn: is parked
steer-concern-parked = Parked: goes on waiting
steer-concern-parked-open = Parked: is asked at once
steer-concern-at-funder = The funder has it: goes on waiting for its answer
steer-concern-at-funder-paused = The funder has it: its answer is still taken, but it is not asked again
steer-concern-signing = About to sign: no code or signature while it is held
steer-concern-signing-open = About to sign: goes on
steer-concern-rerouted = Another funder comes first
steer-instead = What would match instead
steer-first-now = First now
steer-first-then = First then
steer-word-nobody = nobody: a person decides
steer-which = Which cases
steer-which-first = The first { $n } are listed.
steer-reason = Why
steer-reason-hint = 1 to 500 characters; colleagues read it later. No customer’s data.
steer-two-needed = It waits until another controller has confirmed it.
steer-confirm = Change it now
steer-propose = Propose it
steer-leave = Leave it as it is
steer-field-late = Late answers
steer-field-late-hint = What happens with an answer that comes after its case has gone on. None of these opens a decided or signed case again.
steer-late-keep = Kept for whoever reviews the case
steer-late-notice = Reviewers are told until one has taken note
steer-late-ignore = On record only
