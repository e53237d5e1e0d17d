from tests.integration.test_access_matrix import *
from tests.integration.access_matrix import Access, PEOPLE
def test_probe(desks, examples):
    rows={}
    OV={"/my/tasks/{task_id}":{"task_id":"my_task"},"/my/tasks/{task_id}/check":{"task_id":"my_task"},"/my/tasks/{task_id}/submit":{"task_id":"my_task"},"/my/tasks/{task_id}/done":{"task_id":"done"},"/tasks/{task_id}/draft":{"task_id":"task"},
     "/reviews/{task_id}":{"task_id":"review"},"/reviews/{task_id}/declaration":{"task_id":"review"},"/decisions/{task_id}":{"task_id":"approval"},"/decisions/{task_id}/declaration":{"task_id":"approval"}}
    for r in sorted(set(routes(desks))):
        m,p=r.split(' ',1)
        ids=dict(OV.get(p,{}))
        if p.startswith('/my/cases'): ids['case_id']='my_case' if 'withdraw' in p else 'granted'
        if '/letters/{letter_id}' in p: ids['case_id']='drafted'; ids['letter_id']='draft_letter'
        if p.startswith('/api/v1/letters') or p.startswith('/my/letters'): ids={'letter_id':'letter'}
        a=Access(frozenset(), ids, program=p.startswith('/api/v1'))
        rows[r]=(ids,{w: ask(desks,w,m,examples.address(p,a),a) for w in PEOPLE})
    for r,(ids,ans) in rows.items():
        print(r, ids, {w:x.status_code if not x.headers.get('location','').startswith('/sign-in?') else 'S' for w,x in ans.items()})
    assert 0
