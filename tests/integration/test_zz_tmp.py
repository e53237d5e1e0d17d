import pytest
from decimal import Decimal
from pathlib import Path
from sqlalchemy import select
from sqlmodel import col
from grantflow.programmes.check import from_folder, scenarios
from grantflow.services import catalogue, cases, tasks
from grantflow.services.policy import SYSTEM
from grantflow.store.db import transaction, reading
from grantflow.store.tables import *
from grantflow.errors import *
from grantflow.jobs.inline import run_jobs
from tests.factories import make_actor, make_organisation
ALL=[(p,s) for p in ("bamf_model_projects","wir_hessen") for s in scenarios(from_folder(Path("workflows")/p,Path("templates/letters")))]
@pytest.mark.parametrize("prog,sc",ALL,ids=[f"{p}-{s.name}" for p,s in ALL])
def test_story(sessions,test_settings,clock,prog,sc):
    clock(sc.start)
    with transaction(sessions, SYSTEM.scope) as s:
        v=catalogue.publish_package(s,SYSTEM,from_folder(Path("workflows")/prog,Path("templates/letters")))
        auth=s.get_one(Authority,v.authority_id)
        call={c.key:c for c in catalogue.list_calls(s,v.programme_id)}[sc.call]
        org=make_organisation(s,name=sc.organisation,street="Weg 1",postcode="63065",town="Offenbach am Main" if prog.startswith("wir") else "Berlin")
        staff=["CASE_OFFICER","SECOND_REVIEWER","HEAD_OF_UNIT","BUDGET_OFFICER"]
        people={}
        def actor(name):
            if name not in people:
                if name=="applicant": people[name]=make_actor(s,organisations=[org],name="A")
                elif name.startswith("panel") : people[name]=make_actor(s,"PANEL_MEMBER",authority=auth,name=name)
                else: people[name]=make_actor(s,*staff,authority=auth,name=name)
            return people[name]
        for n in ["applicant"]+[st.by for st in sc.step]+["panel:1","panel:2","panel:3"]: actor(n)
    def do(who,fn,*a,**k):
        with transaction(sessions, people[who].scope) as s: return fn(s,people[who],*a,**k)
    case=do("applicant",cases.open_case,call.id,org.id,sc.case_title)
    ids={n:str(a.account_id) for n,a in people.items()}
    def fix(x):
        if isinstance(x,dict): return {k:fix(v) for k,v in x.items()}
        if isinstance(x,list): return [fix(v) for v in x]
        return ids.get(x,x) if isinstance(x,str) and x.startswith("panel:") else x
    for n,st in enumerate(sc.step,1):
        # advance in day steps so timers fire in order
        from datetime import timedelta
        from grantflow import clock as gc
        while gc.now()<st.at:
            clock(min(st.at, gc.now()+timedelta(days=7)))
            run_jobs(test_settings,sessions)
        if st.task:
            with reading(sessions,SYSTEM.scope) as s:
                q=select(Task).where(col(Task.case_id)==case.id,col(Task.status)=="open",col(Task.element_id)==st.task)
                found=[t for t in s.execute(q).scalars() if (st.item is None or str(t.facts.get("item"))==fix(st.item)) and t.assignee_id in (None,people[st.by].account_id)]
            assert found,(n,st.task, open_(sessions,case))
            t=found[0]; who=st.by
            if t.facts.get("declaration"):
                do(who,tasks.declare_conflict,t.id,conflict=st.declare_conflict,reason=st.reason)
                if st.declare_conflict: run_jobs(test_settings,sessions); continue
            raw=fix(dict(st.answers))
            try: do(who,tasks.complete,t.id,raw)
            except Invalid as e:
                # hand in files
                from grantflow.services import documents
                from grantflow.documents import open_blobs
                files={p.place for p in e.problems}
                for f in files:
                    d=do(who,documents.add_document,t.id,f,"x.pdf",b"%PDF-1.7 "+b"0"*99,open_blobs(test_settings)); raw[f]=[str(d.id)]
                do(who,tasks.complete,t.id,raw)
        elif st.message=="withdrawal": do(st.by,cases.withdraw,case.id,"x")
        elif st.message: do(st.by,cases.send_message,case.id,st.message,st.payload)
        elif st.start_process: do(st.by,cases.start_side_process,case.id,st.start_process)
        run_jobs(test_settings,sessions)
    with reading(sessions,SYSTEM.scope) as s:
        c=s.get(Case,case.id)
        ls=[l.name for l in s.execute(select(Letter).where(col(Letter.case_id)==case.id,col(Letter.state)=="dispatched").order_by(col(Letter.created_at))).scalars()]
        assert (c.status, sorted(ls))==(sc.expect.status, sorted(sc.expect.letters))
        if sc.expect.approved is not None: assert c.approved==sc.expect.approved
        assert (c.closed_at is not None)==sc.expect.ended
        dl={d.kind:d.due_on.isoformat() for d in s.execute(select(Deadline).where(col(Deadline.case_id)==case.id).order_by(col(Deadline.created_at))).scalars()}
        print(dl, sc.expect.deadlines)
def open_(sessions,case):
    with reading(sessions,SYSTEM.scope) as s:
        return [t.element_id for t in s.execute(select(Task).where(col(Task.case_id)==case.id,col(Task.status)=="open")).scalars()], s.get(Case,case.id).status
