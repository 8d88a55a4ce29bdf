from __future__ import annotations
import os
os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE","False")
os.environ["SOLARA_APP"]="runners.demo.page"
import solara.server.starlette as ss
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from runners.demo.assets import LocalAssets, vega_route, VEGA
import uvicorn, sys
app=Starlette(routes=[Route(VEGA, vega_route()), Mount("/_solara/cdn", app=LocalAssets()), Mount("/", routes=ss.routes)], lifespan=ss.lifespan)
if __name__=="__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="info")
