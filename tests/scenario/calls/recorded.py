"""Calls as Asterisk 22.10 reported them, recorded from the containerised one with SIPp phones."""

# Uniqueids are shortened: n-1 is the citizen, n-1-u1 the first duty phone.

# Menu, queue, operator; a unit accepts; all three talk; the operator leaves; the citizen hangs up.
THREE_PARTY = """
  0.000 Newchannel         n-1     Linkedid=n-1 Context=from-trunk Exten=12345
  0.920 UserEvent          n-1     UserEvent=HotlineQueued Category=complaint
  0.920 QueueCallerJoin    n-1     Position=1
  0.920 MusicOnHoldStart   n-1
  0.921 Newchannel         n-2     Linkedid=n-1 Context=from-operator Exten=s
  0.922 AgentCalled        n-1     DestChannel=PJSIP/op1001-00000002 DestUniqueid=n-2
  1.227 MusicOnHoldStop    n-1
  1.227 QueueCallerLeave   n-1
  1.228 BridgeEnter        n-2
  1.228 BridgeEnter        n-1
  1.630 Newchannel         n-1-u1  Linkedid=n-1-u1 Context=from-trunk Exten=s
  1.940 OriginateResponse  n-1-u1  Response=Success Reason=4
  2.545 UserEvent          n-1-u1  UserEvent=HotlineUnitKey Result=accepted
  2.547 BridgeLeave        n-1
  2.547 BridgeEnter        n-1-u1
  2.547 ConfbridgeJoin     n-1-u1  Muted=No
  2.548 BridgeLeave        n-2
  2.548 BridgeEnter        n-1
  2.548 ConfbridgeJoin     n-1     Muted=No
  2.549 BridgeEnter        n-2
  2.549 ConfbridgeJoin     n-2     Muted=No
  2.582 ConfbridgeMute     n-1-u1
  2.885 BridgeLeave        n-2
  2.886 ConfbridgeLeave    n-2
  3.006 ConfbridgeUnmute   n-1-u1
  3.006 Hangup             n-2     Cause=16
  7.909 ConfbridgeLeave    n-1
  7.909 BridgeLeave        n-1
  7.910 ConfbridgeLeave    n-1-u1
  7.910 BridgeLeave        n-1-u1
  7.911 Hangup             n-1     Cause=16
  7.912 Hangup             n-1-u1  Cause=16
"""

# The first operator does not answer, the second does and hangs up; the citizen gives five.
SECOND_OPERATOR = """
  0.000 Newchannel         n-1     Linkedid=n-1 Context=from-trunk Exten=12345
  0.817 UserEvent          n-1     UserEvent=HotlineQueued Category=complaint
  0.818 QueueCallerJoin    n-1     Position=1
  0.818 MusicOnHoldStart   n-1
  0.818 Newchannel         n-2     Linkedid=n-1 Context=from-operator Exten=s
  0.819 AgentCalled        n-1     DestChannel=PJSIP/op1001-0000001d DestUniqueid=n-2
  4.820 AgentRingNoAnswer  n-1     DestChannel=PJSIP/op1001-0000001d DestUniqueid=n-2
  4.821 Hangup             n-2     Cause=0
  5.822 Newchannel         n-3     Linkedid=n-1 Context=from-operator Exten=s
  5.823 AgentCalled        n-1     DestChannel=PJSIP/op1002-0000001e DestUniqueid=n-3
  6.130 MusicOnHoldStop    n-1
  6.130 QueueCallerLeave   n-1
  6.131 BridgeEnter        n-3
  6.131 BridgeEnter        n-1
  7.138 BridgeLeave        n-3
  7.139 BridgeLeave        n-1
  7.139 Hangup             n-3     Cause=16
  9.818 UserEvent          n-1     UserEvent=HotlineSatisfaction Key=5
  9.819 Hangup             n-1     Cause=16
"""

# The operator speaks with the unit alone first, then fetches the citizen back; the unit is dropped.
CONSULT = """
  0.000 Newchannel         n-1     Linkedid=n-1 Context=from-trunk Exten=12345
  0.809 UserEvent          n-1     UserEvent=HotlineQueued Category=complaint
  0.809 QueueCallerJoin    n-1     Position=1
  0.809 MusicOnHoldStart   n-1
  0.810 Newchannel         n-2     Linkedid=n-1 Context=from-operator Exten=s
  0.811 AgentCalled        n-1     DestChannel=PJSIP/op1001-00000014 DestUniqueid=n-2
  1.127 MusicOnHoldStop    n-1
  1.127 QueueCallerLeave   n-1
  1.128 BridgeEnter        n-2
  1.128 BridgeEnter        n-1
  1.531 Newchannel         n-1-u1  Linkedid=n-1-u1 Context=from-trunk Exten=s
  1.837 OriginateResponse  n-1-u1  Response=Success Reason=4
  2.446 UserEvent          n-1-u1  UserEvent=HotlineUnitKey Result=accepted
  2.447 BridgeEnter        n-1-u1
  2.453 ConfbridgeJoin     n-1-u1  Muted=No
  2.455 BridgeLeave        n-1
  2.455 BridgeLeave        n-2
  2.455 BridgeEnter        n-2
  2.455 MusicOnHoldStart   n-1
  2.456 ConfbridgeJoin     n-2     Muted=No
  3.458 MusicOnHoldStop    n-1
  3.458 BridgeEnter        n-1
  3.459 ConfbridgeJoin     n-1     Muted=No
  3.971 ConfbridgeLeave    n-1-u1
  3.971 BridgeLeave        n-1-u1
  3.973 Hangup             n-1-u1  Cause=16
  4.381 ConfbridgeLeave    n-1
  4.381 BridgeLeave        n-1
  4.381 ConfbridgeLeave    n-2
  4.382 BridgeLeave        n-2
  4.383 Hangup             n-1     Cause=16
  4.385 Hangup             n-2     Cause=16
"""

# Nine duty phones: busy, silent, declined, no key, unallocated, rejected, no such trunk, cancelled by us, dead address.
DUTY_PHONES = """
  0.000 Newchannel         n-1     Linkedid=n-1 Context=from-trunk Exten=12345
  0.811 UserEvent          n-1     UserEvent=HotlineQueued Category=complaint
  0.811 QueueCallerJoin    n-1     Position=1
  0.811 MusicOnHoldStart   n-1
  0.812 Newchannel         n-2     Linkedid=n-1 Context=from-operator Exten=s
  0.813 AgentCalled        n-1     DestChannel=PJSIP/op1001-0000000a DestUniqueid=n-2
  1.119 MusicOnHoldStop    n-1
  1.120 QueueCallerLeave   n-1
  1.120 BridgeEnter        n-2
  1.120 BridgeEnter        n-1
  1.836 Newchannel         n-1-u1  Linkedid=n-1-u1 Context=from-trunk Exten=s
  1.838 DialEnd            n-1-u1  DestUniqueid=n-1-u1 DestChannel=PJSIP/trunk-1 DialStatus=NOANSWER
  1.838 Hangup             n-1-u1  Cause=17 TechCause=486
  1.838 OriginateResponse  n-1-u1  Response=Failure Reason=0
  2.145 Newchannel         n-1-u2  Linkedid=n-1-u2 Context=from-trunk Exten=s
  6.151 Hangup             n-1-u2  Cause=19 TechCause=480
  6.151 OriginateResponse  n-1-u2  Response=Failure Reason=3
  6.459 Newchannel         n-1-u3  Linkedid=n-1-u3 Context=from-trunk Exten=s
  6.768 OriginateResponse  n-1-u3  Response=Success Reason=4
  7.273 UserEvent          n-1-u3  UserEvent=HotlineUnitKey Result=declined
  7.274 Hangup             n-1-u3  Cause=16
  7.588 Newchannel         n-1-u4  Linkedid=n-1-u4 Context=from-trunk Exten=s
  7.895 OriginateResponse  n-1-u4  Response=Success Reason=4
 11.897 UserEvent          n-1-u4  UserEvent=HotlineUnitKey Result=no-key
 11.899 Hangup             n-1-u4  Cause=16
 12.208 Newchannel         n-1-u5  Linkedid=n-1-u5 Context=from-trunk Exten=s
 12.214 OriginateResponse  n-1-u5  Response=Failure Reason=0
 12.214 DialEnd            n-1-u5  DestUniqueid=n-1-u5 DestChannel=PJSIP/trunk-5 DialStatus=NOANSWER
 12.214 Hangup             n-1-u5  Cause=1 TechCause=404
 12.519 Newchannel         n-1-u6  Linkedid=n-1-u6 Context=from-trunk Exten=s
 12.526 DialEnd            n-1-u6  DestUniqueid=n-1-u6 DestChannel=PJSIP/trunk-6 DialStatus=NOANSWER
 12.526 Hangup             n-1-u6  Cause=21 TechCause=603
 12.526 OriginateResponse  n-1-u6  Response=Failure Reason=0
 12.532 OriginateResponse  n-1-u7  Response=Failure Reason=0
 13.339 Newchannel         n-1-u8  Linkedid=n-1-u8 Context=from-trunk Exten=s
 14.341 OriginateResponse  n-1-u8  Response=Failure Reason=0
 14.341 Hangup             n-1-u8  Cause=16
 14.345 Newchannel         n-1-u9  Linkedid=n-1-u9 Context=from-trunk Exten=s
 16.346 OriginateResponse  n-1-u9  Response=Failure Reason=3
 16.348 Hangup             n-1-u9  Cause=19
 16.349 BridgeLeave        n-1
 16.349 BridgeLeave        n-2
 16.350 Hangup             n-2     Cause=16
 16.351 Hangup             n-1     Cause=16
"""

# The citizen hangs up while an operator's phone rings.
GIVEN_UP = """
  0.000 Newchannel         n-1     Linkedid=n-1 Context=from-trunk Exten=12345
  0.810 UserEvent          n-1     UserEvent=HotlineQueued Category=complaint
  0.810 QueueCallerJoin    n-1     Position=1
  0.810 MusicOnHoldStart   n-1
  0.811 Newchannel         n-2     Linkedid=n-1 Context=from-operator Exten=s
  0.811 AgentCalled        n-1     DestChannel=PJSIP/op1001-00000019 DestUniqueid=n-2
  2.813 MusicOnHoldStop    n-1
  2.813 QueueCallerAbandon n-1     Position=1 HoldTime=2
  2.813 QueueCallerLeave   n-1
  2.813 Hangup             n-1     Cause=0
  2.813 Hangup             n-2     Cause=0
"""

# The service was away: the fallback menu reports its keys itself.
FALLBACK = """
  0.000 Newchannel         n-1     Linkedid=n-1 Context=from-trunk Exten=12346
  0.502 UserEvent          n-1     UserEvent=HotlineKey Node=main Key=1
  0.502 UserEvent          n-1     UserEvent=HotlineQueued Category=consult
  0.504 QueueCallerJoin    n-1     Position=1
  0.504 MusicOnHoldStart   n-1
  0.505 Newchannel         n-2     Linkedid=n-1 Context=from-operator Exten=s
  0.506 AgentCalled        n-1     DestChannel=PJSIP/op1001-00000017 DestUniqueid=n-2
  0.812 MusicOnHoldStop    n-1
  0.812 QueueCallerLeave   n-1
  0.812 BridgeEnter        n-2
  0.813 BridgeEnter        n-1
  1.817 BridgeLeave        n-2
  1.817 BridgeLeave        n-1
  1.817 Hangup             n-2     Cause=16
  2.509 UserEvent          n-1     UserEvent=HotlineSatisfaction Key=5
  2.510 Hangup             n-1     Cause=16
"""

# Two citizens in one queue; each gives up.
TWO_WAITING = """
  0.000 Newchannel         n-1     Linkedid=n-1 Context=from-trunk Exten=12346
  0.035 Newchannel         n-2     Linkedid=n-2 Context=from-trunk Exten=12346
  0.512 UserEvent          n-1     UserEvent=HotlineKey Node=main Key=1
  0.513 UserEvent          n-1     UserEvent=HotlineQueued Category=consult
  0.513 QueueCallerJoin    n-1     Position=1
  0.513 MusicOnHoldStart   n-1
  0.540 UserEvent          n-2     UserEvent=HotlineKey Node=main Key=1
  0.540 UserEvent          n-2     UserEvent=HotlineQueued Category=consult
  0.540 QueueCallerJoin    n-2     Position=2
  0.540 MusicOnHoldStart   n-2
  2.010 MusicOnHoldStop    n-1
  2.010 QueueCallerAbandon n-1     Position=1 HoldTime=1
  2.010 QueueCallerLeave   n-1
  2.011 Hangup             n-1     Cause=0
  4.044 MusicOnHoldStop    n-2
  4.044 QueueCallerAbandon n-2     Position=1 HoldTime=3
  4.044 QueueCallerLeave   n-2
  4.045 Hangup             n-2     Cause=0
"""

# The citizen hangs up in the menu.
MENU_ONLY = """
  0.000 Newchannel         n-1     Linkedid=n-1 Context=from-trunk Exten=12345
  1.211 Hangup             n-1     Cause=0
"""
