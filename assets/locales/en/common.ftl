# Page frame and common words

brand = Miaopi
skip-to-content = Skip to content
switches = Language and text size
text-large = Large text
text-normal = Normal text
title-problem = Problem:{ " " }
problems-heading = There is something to put right
back = Back
months = { $n } { $n ->
    [one] month
   *[other] months
}
percent = { $n } %
took-ms = { $n } ms
took-s = { $n } s
schedule = Payment schedule
schedule-number = No.
schedule-total = Payment
schedule-principal = Principal
schedule-interest = Interest / rent charge
schedule-fees = Fees
schedule-rest = Principal left
as-of = As of
reload = Reload
older = Show older ones
choose = Please choose
choose-open = Open
overdue = overdue
demo-note = This is a demonstration: people, vehicles and companies are invented, and no real contract comes of it.
demo-inbox = Open the demo text messages
crash-go = Reload
