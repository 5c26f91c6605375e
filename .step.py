def sub(p, *pairs):
    s=open(p).read()
    for a,b in pairs:
        assert a in s,(p,a)
        s=s.replace(a,b,1)
    open(p,'w').write(s)
sub('docs/howto/operate.md',('Back them up, the first with `sqlite3 inbox.sqlite ".backup …"`.','Back them up, the first with `sqlite3 inbox.sqlite ".backup …"`. And but for who may sign in: `<data>/access/access.sqlite`, see [the steward\'s desk](steward.md).'))
