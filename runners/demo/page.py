import solara, solara.lab
from mesa.visualization import Slider
from mesa.visualization.solara_viz import UserInputs
n = solara.reactive(0)
@solara.component_vue("t.vue")
def T(spec:str="", event_hit=None):
    pass
@solara.component
def Page():
    solara.lab.ThemeToggle()
    solara.Button(f"hit {n.value}", on_click=lambda: n.set(n.value+1))
    solara.Select("Scenario", values=["a","b"], value="a")
    with solara.lab.Tabs():
        with solara.lab.Tab("One"):
            UserInputs({"f": Slider("Flow down (share)", 0.5, 0.0, 1.0, 0.05)}, on_change=print)
        with solara.lab.Tab("Two"):
            solara.Text("two")
    T(spec=str(n.value), event_hit=lambda d: print("HIT", d))
@solara.component
def Layout(children=[]):
    return solara.Div(children=children)
