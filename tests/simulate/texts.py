"""Small model texts with known behaviour."""

from __future__ import annotations

CONTROL = """{{UTF-8}}
********************************************************
	.Control
********************************************************~
		Simulation control
	|
INITIAL TIME = {t0} ~ year ~ First time. |
FINAL TIME = {t1} ~ year ~ Last time. |
TIME STEP = {dt} ~ year ~ Step. |
SAVEPER = {save} ~ year ~ Saving step. |
"""


def text(equations: str, t0: float = 0, t1: float = 10, dt: float = 0.25, save: str = "TIME STEP") -> str:
    return CONTROL.format(t0=t0, t1=t1, dt=dt, save=save) + equations


GROWTH = text(
    """
Population = INTEG(births - deaths, initial population) ~ person ~ People alive. |
births = birth rate * Population ~ person/year ~ Births. |
deaths = Population * death rate ~ person/year ~ Deaths. |
initial population = 100 ~ person ~ People at first. |
birth rate = 0.05 ~ 1/year ~ Births a head. |
death rate = 0.02 ~ 1/year ~ Deaths a head. |
"""
)

TEACUP = text(
    """
Teacup Temperature = INTEG(-Heat Loss to Room, 180) ~ degree ~ Temperature of the tea. |
Heat Loss to Room = (Teacup Temperature - Room Temperature) / Characteristic Time ~ degree/year ~ Loss. |
Room Temperature = 70 ~ degree ~ Temperature around. |
Characteristic Time = 10 ~ year ~ Time constant. |
"""
)

SIR = text(
    """
Susceptible = INTEG(-infection, total - 1) ~ person ~ Can fall ill. |
Infectious = INTEG(infection - recovery, 1) ~ person ~ Are ill. |
Recovered = INTEG(recovery, 0) ~ person ~ Were ill. |
infection = contacts * infectivity * Susceptible * Infectious / total ~ person/year ~ New cases. |
recovery = Infectious / duration ~ person/year ~ Recoveries. |
total = 1000 ~ person ~ Everybody. |
contacts = 6 ~ 1/year ~ Contacts a head. |
infectivity = 0.25 ~ Dmnl ~ Chance of infection. |
duration = 2 ~ year ~ Length of illness. |
""",
    dt=0.125,
    save="0.5",
)

DRIVEN = text(
    """
Capital = INTEG(investment - Capital / life, 50) ~ good ~ Machines. |
investment = saving rate * income ~ good/year ~ New machines. |
income = income table(Time) ~ good/year ~ Driver. |
income table((1960,10),(1963,16),(1965,12),(1970,20)) ~ good/year ~ Points of the driver. |
saving rate = effect table(Capital / 60) ~ Dmnl ~ Falls with capital. |
effect table((0,0.5),(1,0.3),(2,0.25)) ~ Dmnl ~ Points of the effect. |
price = WITH LOOKUP(Time, ([(1960,0)-(1970,10)],(1960,1),(1964,3),(1968,2))) ~ Dmnl ~ Read in place. |
value = price * Capital ~ good ~ Worth of the machines. |
life = 12 ~ year ~ Length of life. |
""",
    t0=1960,
    t1=1970,
)

LOGIC = text(
    """
Level = INTEG(inflow - outflow, 10) ~ w ~ Stock. |
inflow = IF THEN ELSE(Level > 12 :OR: Time < 2, 1, 3) + shocks ~ w/year ~ In. |
shocks = STEP(2, 4) + RAMP(0.5, 2, 5) + PULSE(6, 1) ~ w/year ~ Shocks. |
outflow = MIN(Level / 4, MAX(2, Level - 9)) ~ w/year ~ Out. |
both = IF THEN ELSE(Level >= 11 :AND: :NOT: (Time <= 3), Level, -Level) ~ w ~ Logic. |
ratio = XIDZ(Level, Time - 5, 7) ~ Dmnl ~ Guarded division. |
share = ZIDZ(Level, Time - 5) ~ Dmnl ~ Guarded division. |
count = (Level > 11) + (Level > 11.5) ~ Dmnl ~ Conditions as numbers. |
powers = Level^0.5 - -2 + 3 * -Level^2 - 8 / 4 / 2 ~ Dmnl ~ Precedence. |
functions = EXP(-Time) + LN(Level) + SQRT(Level) + ABS(Level - 11) ~ Dmnl ~ Functions. |
waves = SIN(Time) + COS(Time) + TAN(Time / 8) + ARCTAN(Level) ~ Dmnl ~ Angles. |
rest = MODULO(Time * 3, 2) + QUANTUM(Level, 0.3) + INTEGER(Level) ~ Dmnl ~ Whole parts. |
start = INITIAL(Level * 2 + Time) ~ w ~ Held. |
unequal = IF THEN ELSE(Time <> 4, 1, 0) ~ Dmnl ~ Comparison. |
"""
)

NOISY = text(
    """
Shock = INTEG(-Shock / correlation time, 0) ~ Dmnl ~ Mean-reverting shock. |
Shock volatility = size * scale ~ Dmnl/year^0.5 ~ Size of its noise. |
scale = 1 ~ Dmnl ~ Scale. |
size = 0.3 ~ Dmnl/year^0.5 ~ Constant part. |
correlation time = 0.5 ~ year ~ Memory. |
Quiet = INTEG(Shock, 1) ~ year ~ A stock without noise of its own. |
""",
    dt=0.015625,
    t1=400,
)

ALL = {"growth": GROWTH, "teacup": TEACUP, "sir": SIR, "driven": DRIVEN, "logic": LOGIC}
