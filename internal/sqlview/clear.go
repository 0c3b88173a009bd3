package sqlview

import (
	"context"
	"database/sql"
	"errors"
)

// Clear empties the projection: the next feed begins at the beginning of both
// streams. It is for streams that are not the ones this was built from.
func (v *View) Clear(ctx context.Context) (err error) {
	tx, err := v.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	for _, statement := range []string{"DELETE FROM event", "DELETE FROM effect", "DELETE FROM led", "DELETE FROM answered", "UPDATE position SET events = 0, journal = 0"} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	clear(v.fold)
	return tx.Commit()
}
